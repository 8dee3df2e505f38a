/** What a shelf saw, movement by movement, and why a line stands in the live basket. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { BasketLine, Movement } from "../api.ts";
import { at, get } from "../ask.ts";
import { basketText } from "../basket-texts.ts";
import { useAction } from "../shared/action.ts";
import { Loading } from "../shared/controls.tsx";
import { when } from "../shared/format.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { TracePicture } from "../shared/trace-picture.tsx";

export function Movements({ seen }: { seen: Movement[] }) {
  return (
    <ul>
      {seen.map((movement) => (
        <li key={`${movement.shelf} ${movement.plate} ${movement.at}`}>
          {inWords(movement)}
          {movement.trace && <TracePicture trace={movement.trace} />}
        </li>
      ))}
    </ul>
  );
}

function inWords({ shelf, plate, at, grams, count }: Movement): string {
  const which = grams < 0 ? "taken" : "back";
  return basketText(count ? `${which}_count` : which, {
    place: basketText("place", { shelf, plate }),
    time: when(at, language.value),
    grams: Math.abs(grams).toLocaleString(language.value),
    n: Math.abs(count ?? 0),
  });
}

interface WhyProps {
  visitId: string;
  line: BasketLine;
}

/** Asked for when it is opened, and again when the shelf saw more. */
export function Why({ visitId, line }: WhyProps) {
  const told = useSignal<Movement[] | null>(null);
  const looking = useAction(async () => {
    const address = at("/api/v1/visits/{visit_id}/lines/{sku}/evidence", { visit_id: visitId, sku: line.sku });
    told.value = (await get(address)).evidence;
  });
  useEffect(() => void looking.run(), [line.sensed]);
  return (
    <div class="why">
      {told.value === null && !looking.refusal.value && <Loading />}
      <RefusalNote refusal={looking.refusal.value} />
      {told.value && <Weighed seen={told.value} />}
      {line.scanned > 0 && <p>{basketText("why_scanned", { n: line.scanned })}</p>}
      {line.corrected !== null && <p>{basketText("why_corrected", { n: line.corrected })}</p>}
      {!line.sure && line.corrected === null && line.scanned > line.sensed && (
        <p>{basketText("why_unsure_scanned")}</p>
      )}
    </div>
  );
}

function Weighed({ seen }: { seen: Movement[] }) {
  if (seen.length === 0) return <p>{basketText("why_no_shelf")}</p>;
  return (
    <>
      <p>{basketText("why_shelf")}</p>
      <Movements seen={seen} />
    </>
  );
}
