import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { assertNoGrowth, LeakError } from "@heapwise/leaks";
import { afterEach, describe, expect, it } from "vitest";
import * as asFound from "./as-found.ts";
import * as repaired from "./repaired.ts";
import * as withoutListener from "./without-listener.ts";
import * as withoutTimer from "./without-timer.ts";

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Starts a server. Returns a function that asks it for a report, as a new visitor. */
async function start(created: Server): Promise<() => Promise<void>> {
  server = created.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    expect(await response.text()).toBe("en: visit 1\n");
  };
}

/** The message of the leak that a program has. */
async function leakOf({ createReportServer, Session, Report }: typeof asFound): Promise<string> {
  const request = await start(createReportServer());
  const error: unknown = await assertNoGrowth(request, { classes: [Report, Session] }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LeakError);
  return (error as LeakError).message;
}

describe("The steps of the guide", () => {
  it("find all three holders in the program as it was found", async () => {
    const message = await leakOf(asFound);
    expect(message).toMatch(/Report: grows, 1 per iteration\s+timer: .*expire/);
    expect(message).toMatch(/listener: .*`settings`.*\s+\.on\("locale"\) → closure onLocale/);
    expect(message).toMatch(/Session: grows, 1 per iteration\s+module: .*`sessions`/);
  });

  it("find the timer after the listener is gone", async () => {
    expect(await leakOf(withoutListener as unknown as typeof asFound)).toMatch(
      /Report: grows, 1 per iteration\s+timer: .*expire/,
    );
  });

  it("find the sessions after the timer is gone", async () => {
    const message = await leakOf(withoutTimer as unknown as typeof asFound);
    expect(message).toMatch(/Session: grows, 1 per iteration\s+module: .*sessions/);
    expect(message).not.toContain("Report");
  });

  it("find nothing after the last repair", async () => {
    const { createReportServer, Report, Session, sessions } = repaired;
    const request = await start(createReportServer());
    await assertNoGrowth(request, { classes: [Report, Session], bounded: [sessions] });
  });
});
