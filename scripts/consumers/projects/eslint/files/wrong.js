import "@heapwise/lru/no-such-entry";
