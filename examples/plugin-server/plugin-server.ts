import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ModuleHost } from "@heapwise/modules";

/** The exports of a plugin. */
export interface Plugin {
  handle(url: URL): string | Promise<string>;
}

/** A server whose plugins can be replaced while they answer requests. */
export interface PluginServer {
  readonly server: Server;
  readonly host: ModuleHost;
}

/** Answers `/greet` by the plugin `greet.cjs` of a folder. A plugin is loaded at its first use. */
export function createPluginServer(root: string): PluginServer {
  const host = new ModuleHost({ root });
  const server = createServer((request, response) => {
    answer(host, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  return { server, host };
}

async function answer(
  host: ModuleHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://plugins");
  const name = /^\/(\w+)$/.exec(url.pathname)?.[1];
  if (name === undefined) {
    response.writeHead(404).end("No such plugin");
    return;
  }
  // During a reload this is the version before, which stays in charge until the new one runs.
  const plugin = await host.load<Plugin>(`./${name}.cjs`);
  // `call` has a lease for as long as the plugin works: the version does not end before.
  const text = await plugin.call("handle", url);
  response.end(String(text));
}
