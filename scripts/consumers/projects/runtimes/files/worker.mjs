import { run } from "./smoke.js";

export default {
  async fetch() {
    try {
      return Response.json(await run());
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};
