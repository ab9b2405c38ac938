import type { TSchema } from 'typebox'
import { closed, Growing, OneOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { categoriesMax, type NarrowedScope, narrowedScopes, type Rule, rulesMax } from './rules.ts'
import { documentStatuses } from './slice.ts'

export const CategoryName = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^\\S(?:.*\\S)?$',
  patternError: 'must be a name of 1 to 100 characters without space at either end',
  text: 'line',
  description: 'a name of 1 to 100 characters without space at either end',
  examples: ['reports'],
})

const some = <T extends TSchema>(item: T, maxItems: number, description: string) =>
  Type.Optional(Type.Array(item, { minItems: 1, maxItems, uniqueItems: true, description }))

/** @param ending of the titles: what is sent and what is shown are two schemas */
function rulesOf(ending: string, list: typeof OneOf | typeof Growing) {
  const scopes = Object.keys(narrowedScopes) as NarrowedScope[]
  const where = closed(
    {
      category: some(CategoryName, categoriesMax, 'Documents of one of these categories'),
      status: some(list(documentStatuses), documentStatuses.length, 'Documents with one of these statuses'),
      own: Type.Optional(
        Type.Unsafe<true>({
          type: 'boolean',
          enum: [true],
          description: 'Documents written by the user that the caller acts for',
        }),
      ),
    },
    { title: `RuleWhere${ending}`, minProperties: 1, description: 'Conditions that must all hold' },
  )
  const rule = closed(
    { scope: list(scopes, { description: 'The scope that is narrowed' }), where },
    { title: `Rule${ending}` },
  )
  return Type.Unsafe<Rule[]>({
    ...Type.Array(rule, { minItems: 1, maxItems: rulesMax }),
    description:
      'Restricts a scope to some documents: those that match one of its rules. A scope without a rule applies to all',
    examples: [
      [{ scope: 'documents:read', where: { category: ['policies', 'reports'], status: ['published'] } }],
    ],
  })
}

/** A list of rules; null where nothing is narrowed. */
export const Rules = rulesOf('', Growing)
export const RulesInput = rulesOf('Input', OneOf)

/** In the response to a change. */
export const UnknownCategories = Type.Optional(
  Type.Array(Type.String(), {
    description:
      'Only in the response to a request with rules: categories in them that no document and no category record has, such as misspelled ones. The rules apply as soon as a document has such a category',
  }),
)
