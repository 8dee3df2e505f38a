/** A code read by the camera, or off a photo; what the camera cannot do is said in words. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { text } from "../texts.ts";
import { type CameraState, useCamera } from "./camera.ts";
import { Sightings } from "./codes.ts";
import { ofFile } from "./pictures.ts";
import { type Kind, NoReader, Reader } from "./reader.ts";

/** Nothing read for so long: what may help is said. */
const HINT_AFTER_MS = 8_000;

interface Props<Found> {
  kind: Kind;
  /** What a code says to us; null for a foreign one. */
  read: (code: string) => Found | null;
  /** The camera waits for it. */
  onFound: (found: Found) => Promise<void> | void;
}

interface ToggleProps<Found> extends Props<Found> {
  open: boolean;
  onToggle: () => void;
}

/** The button that opens and closes it stays where it is, and the focus on it. */
export function ScanWithCamera<Found>({ open, onToggle, ...scanner }: ToggleProps<Found>) {
  return (
    <section class="scan">
      <button type="button" class="outline" aria-expanded={open} onClick={onToggle}>
        {text(open ? "scan_close" : `scan_${scanner.kind}`)}
      </button>
      {open && <Scanner {...scanner} />}
    </section>
  );
}

type News = "foreign" | "hint" | "photo_nothing" | "no_reader";

function Scanner<Found>({ kind, read, onFound }: Props<Found>) {
  const news = useSignal<News | null>(null);
  const looks = useSignal(0);
  const video = useRef<HTMLVideoElement>(null);
  const reader = useMemo(() => new Reader(), []);
  const sightings = useMemo(() => new Sightings(), []);

  const take = async (code: string) => {
    looks.value += 1;
    const found = read(code);
    news.value = found === null ? "foreign" : null;
    if (found !== null) await onFound(found);
  };
  const look = async (picture: ImageData) => {
    for (const code of await reader.read(kind, picture)) {
      if (sightings.isNew(code, performance.now())) await take(code);
    }
  };
  const camera = useCamera(video, look);
  const state = camera.state.value;
  const choose = async (file: File) => {
    try {
      const [code] = await reader.read(kind, await ofFile(file));
      if (code === undefined) news.value = "photo_nothing";
      else await take(code);
    } catch (error) {
      news.value = error instanceof NoReader ? "no_reader" : "photo_nothing"; // or it is no picture
    }
  };

  useEffect(() => () => reader.close(), []);
  useEffect(() => {
    if (state !== "running") return;
    const timer = setTimeout(() => (news.value ??= "hint"), HINT_AFTER_MS);
    return () => clearTimeout(timer);
  }, [state, looks.value]);

  return (
    <>
      <video ref={video} muted playsInline hidden={state !== "running"} aria-hidden="true" />
      {camera.light.value && <Light track={camera.light.value} />}
      <div role="status">
        <Aim kind={kind} state={state} />
        {news.value && (
          <p class="note" data-code={news.value}>
            {text(`scan_${news.value}`)}
          </p>
        )}
      </div>
      <label class="action outline photo">
        {text("scan_photo")}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file) void choose(file);
            event.currentTarget.value = "";
          }}
        />
      </label>
    </>
  );
}

function Aim({ kind, state }: { kind: Kind; state: CameraState }) {
  if (state === "running") return <p>{text(`scan_aim_${kind}`)}</p>;
  if (state === "asking") return <p>{text("scan_asking")}</p>;
  return (
    <p class="note problem" data-code={state}>
      <strong>{text(`scan_${state}`)}</strong> {text(`scan_${state}_next`)}
    </p>
  );
}

function Light({ track }: { track: MediaStreamTrack }) {
  const on = useSignal(false);
  const press = async () => {
    const light: object = { torch: !on.value }; // which TypeScript does not know of
    await track.applyConstraints({ advanced: [light] });
    on.value = !on.value;
  };
  return (
    <button type="button" class="secondary outline" aria-pressed={on.value} onClick={() => void press()}>
      {text("scan_light")}
    </button>
  );
}
