/** Evidence as the devices and the books gave it: names and values, nested as deep as they come. */

import { euros, when } from "../../../shop/ui/shared/format.ts";
import { language } from "../../../shop/ui/shared/i18n.ts";
import { isTrace } from "../../../shop/ui/shared/trace.ts";
import { TracePicture } from "../../../shop/ui/shared/trace-picture.tsx";
import { text } from "../texts.ts";

const ISO_TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

/** Folded away unless `open`; nothing at all when there is no evidence. */
export function EvidenceFold({ of, open = false }: { of: Record<string, unknown>; open?: boolean }) {
  if (Object.keys(of).length === 0) return null;
  return (
    <details open={open}>
      <summary>{text("evidence")}</summary>
      <Evidence value={of} />
    </details>
  );
}

export function Evidence({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <>–</>;
  if (Array.isArray(value)) return <Many values={value} />;
  if (isTrace(value)) return <TracePicture trace={value} />;
  if (typeof value === "object") return <Named values={Object.entries(value)} />;
  return <>{String(value)}</>;
}

function Many({ values }: { values: unknown[] }) {
  if (values.every((value) => typeof value !== "object")) return <>{values.join(", ") || "–"}</>;
  return (
    <ul>
      {values.map((value, index) => (
        <li key={index}>
          <Evidence value={value} />
        </li>
      ))}
    </ul>
  );
}

function Named({ values }: { values: [string, unknown][] }) {
  if (values.length === 0) return <>–</>;
  return (
    <dl class="evidence">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name.replace(/_cents$/, "").replaceAll("_", " ")}</dt>
          <dd>{known(name, value) ?? <Evidence value={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Cents and times are told apart by the ending of their name and their shape. */
function known(name: string, value: unknown): string | null {
  if (typeof value === "number" && name.endsWith("_cents")) return euros(value, language.value);
  if (typeof value === "string" && ISO_TIME.test(value)) return when(value, language.value);
  return null;
}
