import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What the server remembers of a visitor. */
export class Session {
  visits = 0;
}

/** One page for one request. */
export class Report {
  readonly session: Session;
  locale = "en";

  constructor(session: Session) {
    this.session = session;
  }

  render(): string {
    return `${this.locale}: visit ${this.session.visits}\n`;
  }
}

/** The settings of the process. */
export const settings: EventEmitter = new EventEmitter().setMaxListeners(0);

const sessions = new Map<string, Session>();

/** A server that runs well for a day, and then is killed because its memory is full. */
export function createReportServer(): Server {
  return createServer(handle);
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  const token = request.headers.authorization ?? randomUUID();
  const session = sessions.get(token) ?? new Session();
  sessions.set(token, session);
  session.visits++;

  const report = new Report(session);
  settings.on("locale", function onLocale(locale: string) {
    report.locale = locale;
  });
  setTimeout(function expire() {
    if (!response.writableEnded) response.end(report.render());
  }, 3_600_000).unref();
  response.end(report.render());
}
