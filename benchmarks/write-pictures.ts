import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderPicture } from "./rendering/picture.ts";
import type { PictureRun } from "./rendering/picture.ts";
import { THEMES } from "./rendering/style.ts";
import type { Picture } from "./suite.ts";

/**
 * Writes each picture in each theme, as in `hit-ratio-light.svg`. Pages choose one with
 * `<picture>`. Two files work in more places than one file with a media query: in one file the
 * system of the reader decides, and not the theme of the page. A page that removes `<source>` shows
 * the light file.
 * @returns the paths of the files.
 */
export function writePictures(
  folder: string,
  pictures: readonly Picture[],
  run: PictureRun,
): string[] {
  mkdirSync(folder, { recursive: true });
  return pictures.flatMap((picture) =>
    Object.entries(THEMES).map(([name, theme]) => {
      const path = join(folder, `${picture.name}-${name}.svg`);
      writeFileSync(path, renderPicture(picture, theme, run));
      return path;
    }),
  );
}
