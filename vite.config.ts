import { defineConfig } from "vite";

/** One project, two pages: `--mode shopper` builds shop/ui, `--mode operator` builds admin/ui. */
const ROOTS: Record<string, string> = { shopper: "shop/ui", operator: "admin/ui" };

export default defineConfig(({ mode }) => {
  const root = ROOTS[mode];
  if (!root) throw new Error(`unknown page "${mode}": use --mode shopper or --mode operator`);
  return {
    root,
    build: {
      outDir: "dist",
      emptyOutDir: true,
      // The pages run under a content policy without inline code: everything is a file.
      assetsInlineLimit: 0,
      modulePreload: false,
      target: "es2022",
    },
  };
});
