/** Pictures as the reader wants them: pixels, no more of them than it needs. */

const LONGEST_SIDE = 1_280;
/** One for all pictures: a phone's memory for canvases is small, and they come eight a second. */
const canvas = document.createElement("canvas");

export const ofVideo = (video: HTMLVideoElement): ImageData =>
  pixels(video, video.videoWidth, video.videoHeight);

/** Rejects for what is no picture. */
export async function ofFile(file: File): Promise<ImageData> {
  const bitmap = await createImageBitmap(file);
  try {
    return pixels(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

function pixels(source: CanvasImageSource, width: number, height: number): ImageData {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
