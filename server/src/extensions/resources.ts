import type { Loaded } from '../extension/declaration.ts'
import { prefixOf, tagOf } from '../extension/names.ts'
import { peopleOf } from '../extension/people.ts'
import { plainResource } from '../resource/plain.ts'
import type { Resource } from '../resource/resource.ts'
import { describedRecords } from './described.ts'

/** The resources that extensions declare: the same as those of the server, under names of their own. */
export function extensionResources(extensions: readonly Loaded[]): Resource[] {
  return extensions.flatMap((extension) =>
    (extension.resources ?? []).map((resource) => {
      const { about = '', told = {}, named: _, labels: __, people: ___, ...declared } = resource
      const records = describedRecords(extension, resource)
      const plain = plainResource({
        ...declared,
        told,
        about,
        people: peopleOf(resource),
        plural: `x/${extension.name}/${declared.plural}`,
        tag: tagOf(extension),
        assisted: { namedBy: records.named },
        reads: `${prefixOf(extension)}.read`,
        writes: `${prefixOf(extension)}.write`,
      })
      return { ...plain, records }
    }),
  )
}
