/** @file A set that needs no download: eight kinds of shapes, drawn by a formula. It is synthetic, and says so. */
import type { ImageSet } from "@tessera/data";
import { randomBits, uniform } from "@tessera/tensor";

/** The classes, in the order of their labels. */
export const SHAPE_NAMES = ["circle", "ring", "square", "triangle", "plus", "star", "crescent", "bar"] as const;

const side = 32;

/** Whether a point belongs to a shape of about radius 1 around the origin. */
const insides: Readonly<Record<(typeof SHAPE_NAMES)[number], (x: number, y: number) => boolean>> = {
  circle: (x, y) => x * x + y * y < 0.81,
  ring: (x, y) => x * x + y * y < 1 && x * x + y * y > 0.3,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.78,
  triangle: (x, y) => Math.max(-y, y / 2 + (Math.sqrt(3) / 2) * Math.abs(x)) < 0.55,
  plus: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  star: insideStar,
  crescent: (x, y) => x * x + y * y < 1 && (x - 0.45) ** 2 + y * y > 0.56,
  bar: (x, y) => Math.abs(x) < 0.28 && Math.abs(y) < 1,
};

/** Five points at radius 1.1, the corners between them at 0.45: folded into one tenth, its edge is one line. */
function insideStar(x: number, y: number): boolean {
  const tenth = Math.PI / 5;
  const turned = (Math.atan2(y, x) + 2 * Math.PI) % (2 * tenth);
  const angle = Math.min(turned, 2 * tenth - turned);
  const [px, py] = [Math.hypot(x, y) * Math.cos(angle), Math.hypot(x, y) * Math.sin(angle)];
  const [tip, cx, cy] = [1.1, 0.45 * Math.cos(tenth), 0.45 * Math.sin(tenth)];
  return (cx - tip) * py - cy * (px - tip) > 0;
}

/** Numbers that an image is drawn from. */
const drawsPerImage = 14;

/**
 * Draws `count` images of 32 × 32 × 3, label i mod 8. Each has a shape of a random place, size, angle and colour on
 * a slanted background of another brightness, and uniform grey noise. A pure function of its arguments: Philox4x32-10 by
 * (seed, stream) and the image's number, so that a longer set begins with the same images.
 *
 * @param stream apart for training and validation
 */
export function drawShapes(
  count: number,
  { seed, stream }: { readonly seed: number; readonly stream: number },
): ImageSet {
  const images = new Uint8Array(count * side * side * 3);
  const labels = Int32Array.from({ length: count }, (_, i) => i % SHAPE_NAMES.length);
  const draws = uniform({ seed, stream, counter: 0 }, count * drawsPerImage);
  for (let i = 0; i < count; i++) {
    const own = draws.subarray(i * drawsPerImage, (i + 1) * drawsPerImage);
    const noise = new Uint8Array(randomBits({ seed, stream, counter: i + 1 }, side ** 2 / 4).buffer);
    const target = images.subarray(i * side ** 2 * 3, (i + 1) * side ** 2 * 3);
    drawOne(target, insides[SHAPE_NAMES[labels[i]!]!], own, noise);
  }
  return { images, labels, shape: [count, side, side, 3] };
}

/** Red, green and blue around a brightness. */
function colour(brightness: number, tints: Float32Array): number[] {
  return Array.from(tints, (tint) => Math.min(1, Math.max(0, brightness + 0.4 * (tint - 0.5))));
}

function drawOne(
  target: Uint8Array,
  inside: (x: number, y: number) => boolean,
  own: Float32Array,
  noise: Uint8Array,
): void {
  const [u, v, size, turn, back, contrast, slant, strength] = own;
  const [cx, cy, radius] = [16 + 8 * (u! - 0.5), 16 + 8 * (v! - 0.5), 8 + 4 * size!];
  const [cos, sin] = [Math.cos(2 * Math.PI * turn!), Math.sin(2 * Math.PI * turn!)];
  // On the circle of brightnesses the shape is at least 0.35 away from what is behind it.
  const ground = colour(back!, own.subarray(8, 11));
  const ink = colour((back! + 0.35 + 0.3 * contrast!) % 1, own.subarray(11, 14));
  const amplitude = 10 + 40 * strength!;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const covered = coverage(x - cx, y - cy, radius, cos, sin, inside);
      const light = 0.3 * (slant! - 0.5) * ((x + y) / side - 1);
      const place = y * side + x;
      const speck = amplitude * (noise[place]! / 255 - 0.5);
      for (let c = 0; c < 3; c++) {
        const value = covered * ink[c]! + (1 - covered) * (ground[c]! + light);
        target[3 * place + c] = Math.min(255, Math.max(0, Math.round(255 * value + speck)));
      }
    }
  }
}

/** Share of a pixel that a turned shape covers, from four points in it. */
function coverage(
  dx: number,
  dy: number,
  radius: number,
  cos: number,
  sin: number,
  inside: (x: number, y: number) => boolean,
): number {
  // No shape reaches beyond 1.1 radii.
  if (dx * dx + dy * dy > (1.1 * radius + 2) ** 2) return 0;
  let hits = 0;
  for (let part = 0; part < 4; part++) {
    const x = (dx + 0.25 + 0.5 * (part & 1)) / radius;
    const y = (dy + 0.25 + 0.5 * (part >> 1)) / radius;
    if (inside(x * cos + y * sin, y * cos - x * sin)) hits++;
  }
  return hits / 4;
}
