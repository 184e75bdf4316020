import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { LRUCache } from "@heapwise/lru";

/** What the server remembers of a visitor. */
export class Session {
  visits = 0;
}

/** One page for one request. */
export class Report {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  render(): string {
    return `${locale}: visit ${this.session.visits}\n`;
  }
}

/** The settings of the process. */
export const settings: EventEmitter = new EventEmitter().setMaxListeners(0);

let locale = "en";
settings.on("locale", function onLocale(chosen: string) {
  locale = chosen;
});

/** The sessions of the last visitors. */
export const sessions: LRUCache<string, Session> = new LRUCache({ max: 1000, idleTtl: 3_600_000 });

/** The server after the third repair: it remembers a bounded number of visitors. */
export function createReportServer(): Server {
  return createServer(handle);
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  const token = request.headers.authorization ?? randomUUID();
  const session = sessions.get(token) ?? new Session();
  sessions.set(token, session);
  session.visits++;

  const report = new Report(session);
  const expiry = setTimeout(function expire() {
    if (!response.writableEnded) response.end(report.render());
  }, 3_600_000).unref();
  response.once("close", () => clearTimeout(expiry));
  response.end(report.render());
}
