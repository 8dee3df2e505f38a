/** The title of a screen; takes the focus when a screen replaces another, so it is read out. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

let screensShown = 0;

export function Heading({ children }: { children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    screensShown += 1;
    if (screensShown > 1) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
