import { writeHeapSnapshot } from "node:v8";
import fastify from "fastify";

// An HTTP server with a framework, after requests.
const server = fastify();
const bodies = new Map();
server.get("/bodies/:id", ({ params }) => bodies.get(params.id) ?? { missing: params.id });
server.post("/bodies/:id", ({ params, body }) => {
  bodies.set(params.id, body);
  return { stored: bodies.size };
});
const address = await server.listen({ port: 0, host: "127.0.0.1" });
for (let id = 0; id < 50; id++) {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ id, lines: Array.from({ length: 20 }, (_, line) => ({ line })) });
  await (await fetch(`${address}/bodies/${id}`, { method: "POST", headers, body })).json();
  await (await fetch(`${address}/bodies/${id + 25}`)).json();
}

writeHeapSnapshot(process.argv[2]);
process.exit();
