// For typedoc: a parameter that is taken apart at once, `{ axis }: { axis?: number }`, bears the name that its comment
// gives it, `@param options.axis`. By itself typedoc does that only where every other parameter has a comment, too.
import { Converter, ReflectionKind } from "typedoc";

export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const signature of project.getReflectionsByKind(ReflectionKind.SomeSignature)) nameParameters(signature);
  });
}

function nameParameters({ parameters = [], comment }) {
  const unnamed = parameters.filter(({ name }) => name.startsWith("__namedParameters"));
  const names = (comment?.blockTags ?? []).flatMap(({ tag, name }) =>
    tag === "@param" && name?.includes(".") ? [name.split(".")[0]] : [],
  );
  if (unnamed.length === 1 && names.length > 0) unnamed[0].name = names[0];
}
