module.exports = {
  lru: require("@heapwise/lru"),
  core: require("@heapwise/lru/core"),
  memoize: require("@heapwise/lru/memoize"),
  policies: require("@heapwise/lru/policies"),
  pool: require("@heapwise/pool"),
  sizeof: require("@heapwise/sizeof"),
  weak: require("@heapwise/weak"),
};
