/** Keeps a section's data fresh while somebody looks at it. */

import { useEffect } from "preact/hooks";
import { type Action, useAction } from "../../shop/ui/shared/action.ts";

const EVERY_MS = 10_000;

/** Loads at once and then every ten seconds; rests while the page is hidden. */
export function useFresh(load: () => Promise<void>, key = ""): Action<[]> {
  const loading = useAction(load);
  useEffect(() => {
    void loading.run();
    const timer = setInterval(() => {
      if (!document.hidden) void loading.run();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [key]);
  return loading;
}
