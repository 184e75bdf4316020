/** So much of something long is read at once. */
export const PART = 1024;
/** V8 makes a hash table of an object to which a loop gives more fields than these. */
export const MOST_UNDECLARED = 17;
/** Bytes of a hidden class and its notes that an object has as prototype, in references. */
export const PROTOTYPE = 64;
/** References that an object to which fields were added one by one takes more, about. */
export const SPARE_FIELDS = 2;
/** After so many fields, and one more, the limit is looked at: one less than a power of two. */
export const MANY_FIELDS = 127;
/** Of so many objects that are alike one is asked for keys out of sight, and the first of a walk. Few lists are a multiple of it. */
export const EVERY = 11;
/** After one that had some so many are asked. */
export const SUSPECTS = 127;
/** Sorts of objects that are told apart for it, a power of two. */
export const SHAPE_IDS = 64;
/** Numbers of walks begin again after so many. */
export const SERIALS = 65_536;
