export { asyncLoanScopes } from "./async-loan-scopes.ts";
