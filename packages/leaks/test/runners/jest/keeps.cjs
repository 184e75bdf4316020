let kept = [];
exports.keep = (object) => {
  kept = object;
};
exports.isKept = (object) => kept === object;
