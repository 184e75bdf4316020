import { runProgram } from "@heapwise/testkit";
import { expect, test } from "vitest";

test.each(["value", "nested", "key", "deep", "tags"])(
  "in a heap of 256 MB a text of 400 MB is refused: %s",
  async (kind) => {
    const program = new URL("programs/huge-texts.ts", import.meta.url);
    const flags = process.versions["bun"] ? [] : ["--max-old-space-size=256"];
    const { code, stdout, stderr } = await runProgram(program, { flags, args: [kind] });
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "0 0", stderr: "" });
  },
);
