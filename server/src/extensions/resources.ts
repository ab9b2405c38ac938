import type { Loaded } from '../extension/declaration.ts'
import { prefixOf, tagOf } from '../extension/names.ts'
import { plainResource } from '../resource/plain.ts'
import type { Resource } from '../resource/resource.ts'

/** The resources that extensions declare: the same as those of the server, under names of their own. */
export function extensionResources(extensions: readonly Loaded[]): Resource[] {
  return extensions.flatMap((extension) =>
    (extension.resources ?? []).map(({ about = '', told = {}, ...declared }) =>
      plainResource({
        ...declared,
        told,
        about,
        plural: `x/${extension.name}/${declared.plural}`,
        tag: tagOf(extension),
        assisted: { namedBy: namedBy(declared) },
        reads: `${prefixOf(extension)}.read`,
        writes: `${prefixOf(extension)}.write`,
      }),
    ),
  )
}

/** The field by which people know a record. */
function namedBy({ fields, unique = [] }: { fields: object; unique?: readonly string[] }): string {
  return [...unique, 'title', 'name'].find((field) => field in fields) ?? 'id'
}
