/** Name of the arm without a cache. */
export const NOTHING = "nothing";
