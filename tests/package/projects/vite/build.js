// Two pages, each in dist/ by its name.
import { build } from "vite";

for (const page of ["page", "inline"]) {
  await build({ root: page, base: "./", logLevel: "warn", build: { outDir: `../dist/${page}`, emptyOutDir: true } });
}
