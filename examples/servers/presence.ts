/**
 * Options for a suite that needs a server. If the machine lacks the server, the suite is skipped
 * with a message on the console; if REQUIRE_SERVERS is set, as in CI, it runs and fails.
 */
export function suiteOptions(name: string, isInstalled: boolean): { skip: boolean } {
  const isRequired = (process.env["REQUIRE_SERVERS"] ?? "") !== "";
  if (isInstalled || isRequired) return { skip: false };
  console.warn(`skipped: this machine has no ${name} (Debian: apt-get install ${name})`);
  return { skip: true };
}
