/*
 * Figures of the walk. They are in a file without imports, so that the bundler writes their values
 * into the code that uses them.
 */

/** Elements of a long array, Map or Set that are read before the objects among them are visited. */
export const PART = 1024;
/** V8 makes a hash table of an object to which a loop adds more fields than this. */
export const MOST_UNDECLARED = 17;
/** References that a prototype takes for its hidden class and the notes of the engine about it. */
export const PROTOTYPE = 64;
/** References that an object has to spare if its fields were added one by one, about. */
export const SPARE_FIELDS = 2;
/**
 * After this many fields plus one, the walk compares with its limit. One less than a power of 2.
 */
export const MANY_FIELDS = 127;
/**
 * Of the objects of one shape, the first of a walk is searched for hidden keys, and then one in
 * this many. A prime, so that few lists repeat with it.
 */
export const SEARCH_INTERVAL = 11;
/** After an object that has hidden keys, this many objects of its shape are searched. */
export const SEARCHES_AFTER_HIT = 127;
/** Shapes that the search distinguishes, a power of 2. */
export const SHAPE_IDS = 64;
/** Walks are numbered, and the numbers start again after this many. */
export const SERIALS = 65_536;
/** A text of up to this length counts as a constant of the program rather than as data. */
export const LONGEST_CONSTANT = 12;
