import { defineConfig } from "vite";

interface Page {
  root: string;
  base: string;
  outDir: string;
  /** Runs beside the page under a name that never changes. */
  worker?: string;
}

/** One project, three pages, each built by its `--mode`; both services show the docs, from one folder. */
const PAGES: Record<string, Page> = {
  shopper: { root: "shop/ui", base: "/", outDir: "dist", worker: "shop/ui/worker/sw.ts" },
  operator: { root: "admin/ui", base: "/", outDir: "dist" },
  docs: { root: "shop/ui/docs", base: "/docs/", outDir: "../dist/docs" },
};

export default defineConfig(({ mode }) => {
  const page = PAGES[mode];
  if (!page) throw new Error(`unknown page "${mode}": use --mode ${Object.keys(PAGES).join(" or ")}`);
  return {
    root: page.root,
    base: page.base,
    // apart from the other files, because this one alone may compile wasm (shop/api/headers.py)
    worker: {
      format: "es",
      rollupOptions: {
        output: {
          entryFileNames: "assets/scanner/[name]-[hash].js",
          assetFileNames: "assets/scanner/[name]-[hash][extname]",
        },
      },
    },
    build: {
      outDir: page.outDir,
      chunkSizeWarningLimit: 2_000, // the docs are one large library
      emptyOutDir: true,
      // The pages run under a content policy without inline code: everything is a file.
      assetsInlineLimit: 0,
      modulePreload: false,
      target: "es2022",
      rollupOptions: {
        input: { index: `${page.root}/index.html`, ...(page.worker && { sw: page.worker }) },
        output: {
          entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        },
      },
    },
  };
});
