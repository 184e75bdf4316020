module.exports = { testMatch: ["**/*.spec.cjs"], testTimeout: 120_000, transform: {} };
