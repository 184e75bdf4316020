exports.imported = true;
