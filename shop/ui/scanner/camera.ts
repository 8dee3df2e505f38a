/** The rear camera: on while somebody looks at it, off as soon as she does not. */

import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ofVideo } from "./pictures.ts";
import { NoReader } from "./reader.ts";

export type CameraState = "asking" | "running" | "refused" | "no_camera" | "no_reader";

const FRAME_MS = 125;
const WANTED: MediaStreamConstraints = {
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1_280 }, height: { ideal: 720 } },
};

interface Camera {
  state: ReadonlySignal<CameraState>;
  /** Null where the camera has no light. */
  light: ReadonlySignal<MediaStreamTrack | null>;
}

/** Shows the camera in `video` and has `look` look at a picture, one after the other, eight a second at most. */
export function useCamera(
  video: RefObject<HTMLVideoElement | null>,
  look: (picture: ImageData) => Promise<void>,
): Camera {
  const state = useSignal<CameraState>("asking");
  const light = useSignal<MediaStreamTrack | null>(null);
  const newest = useRef(look);
  newest.current = look;

  useEffect(() => {
    let stream: MediaStream | null = null;
    let turn = 0; // what a camera answers that was closed meanwhile is not wanted any more
    const close = () => {
      turn += 1;
      light.value = null;
      stop(stream);
      stream = null;
    };
    const open = async () => {
      close();
      const mine = turn;
      state.value = "asking";
      try {
        const opened = await navigator.mediaDevices.getUserMedia(WANTED);
        if (mine !== turn || !video.current) return stop(opened);
        stream = opened;
        const [track] = opened.getVideoTracks();
        track?.addEventListener("ended", () => fail(mine, "no_camera"));
        light.value = track && "torch" in (track.getCapabilities?.() ?? {}) ? track : null;
        video.current.srcObject = opened;
        await video.current.play();
        state.value = "running";
        while (mine === turn) {
          await Promise.all([newest.current(ofVideo(video.current)), pause(FRAME_MS)]);
        }
      } catch (error) {
        fail(mine, troubleOf(error));
      }
    };
    const fail = (mine: number, why: CameraState) => {
      if (mine !== turn) return;
      close();
      state.value = why;
    };
    const restWhileHidden = () => {
      if (document.hidden) close();
      else void open();
    };

    document.addEventListener("visibilitychange", restWhileHidden);
    void open();
    return () => {
      document.removeEventListener("visibilitychange", restWhileHidden);
      close();
    };
  }, []);

  return { state, light };
}

function troubleOf(error: unknown): CameraState {
  if (error instanceof NoReader) return "no_reader";
  const refused = error instanceof DOMException && ["NotAllowedError", "SecurityError"].includes(error.name);
  return refused ? "refused" : "no_camera";
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));
