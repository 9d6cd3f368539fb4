import { readFile } from "node:fs/promises";
import { readTarGz } from "../archive/tar-gz.ts";
import type { Colours } from "../colour/colours.ts";
import { DataError, MissingDataError } from "../errors.ts";
import { readNpy } from "../npy/npy.ts";
import { NumpyArray } from "../pickle/numpy.ts";

/**
 * Reads k-means centres of colours: a `.npy` of `[centres, error]`, an array of objects, or of the centres alone; or
 * `kmeans_colour_a2.tar.gz`, as `downloadSet("colours", …)` fetches it, of which `count` chooses one.
 *
 * @param count how many colours: 24 by default; of an archive only.
 * @see http://www.cs.toronto.edu/~jba/kmeans_colour_a2.tar.gz
 */
export async function loadColours(path: string, count = 24): Promise<Colours> {
  if (!/\.(tar\.gz|tgz)$/.test(path)) return readColours(await readWhole(path), path);
  const wanted = new RegExp(`colour_kmeans${count}_\\w+\\.npy$`);
  let found: Colours | undefined;
  for await (const { name, bytes } of readTarGz(path, (each) => wanted.test(each))) {
    found ??= readColours(bytes, `${path}: member ${name}`);
  }
  if (found) return found;
  throw new MissingDataError(`${path}: expected a member colour_kmeans${count}_….npy, found none`);
}

async function readWhole(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new MissingDataError(`${path}: cannot be read (${cause.code}): expected k-means centres of colours`);
  });
}

function readColours(bytes: Uint8Array, source: string): Colours {
  const array = readNpy(bytes, { allowPickle: true, source });
  const centres = array.dtype === "O" && Array.isArray(array.data) ? array.data[0] : array;
  if (centres instanceof NumpyArray && centres.shape.length === 2 && centres.shape[1] === 3) {
    const { data, shape } = centres;
    if (data instanceof Float64Array || data instanceof Float32Array) {
      return { centres: Float64Array.from(data), shape: [shape[0]!, 3] };
    }
  }
  throw new DataError(`${source}: expected centres [K, 3] of floats, found another array`);
}
