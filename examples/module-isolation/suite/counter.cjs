/** A module with a state, as most programs have one. */
let count = 0;

exports.increment = () => ++count;
