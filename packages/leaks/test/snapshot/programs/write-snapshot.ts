import { writeHeapSnapshot } from "node:v8";

// Writes a snapshot of a heap with so many small objects to a file: `write-snapshot.ts FILE COUNT`.

const count = Number(process.argv[3]);
const objects = Array.from({ length: count }, (_, index) => ({
  index,
  list: [index],
  [`key${index % 100}`]: `text ${index}`,
}));
writeHeapSnapshot(process.argv[2]!);
console.log(objects.length);
