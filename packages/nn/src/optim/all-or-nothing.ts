/** @file Several things that hold memory, made together or not at all. */

interface Disposes {
  dispose(): void;
}

/**
 * Runs `body`, and hands it a function to register what it makes. If it throws, such as for want of memory, all of that
 * is disposed: nobody else has a handle to do it with.
 */
export function allOrNothing<T>(body: (register: <Made extends Disposes>(made: Made) => Made) => T): T {
  const all: Disposes[] = [];
  try {
    return body((made) => {
      all.push(made);
      return made;
    });
  } catch (error) {
    for (const made of all) made.dispose();
    throw error;
  }
}
