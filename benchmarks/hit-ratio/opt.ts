/** Name of the arm that knows the future. */
export const OPT = "OPT";
