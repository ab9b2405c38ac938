import {
  Button,
  Checkbox,
  Group,
  Input,
  NativeSelect,
  Paper,
  Radio,
  Stack,
  TagsInput,
  Text,
} from '@mantine/core'
import { optionsOf, useCatalog } from '../catalog/use-catalog.ts'
import { useCategories } from '../documents/use-categories.ts'
import { t } from '../i18n/t.ts'
import type { RuleValues } from './rule-values.ts'

interface Props {
  value: readonly RuleValues[]
  onChange(rules: RuleValues[]): void
  error?: React.ReactNode
  /** The scopes that can be narrowed here; one of them needs no choice. */
  scopes: readonly RuleValues['scope'][]
  /** Whose documents `own` means: `the owner of the key`. */
  owner: string
}

const verbs = { 'documents:read': t('Read'), 'documents:write': t('Create and change') } as const

/** Which documents a key, a webhook or a role is about: all, or those that match one of the rules. */
export function RuleFields({ value, onChange, error, scopes, owner }: Props) {
  const [first] = scopes
  if (!first) return null
  // The API names the rule: `The 'rules.0.where.category' field …`.
  const at = typeof error === 'string' ? /'rules\.(\d+)/.exec(error)?.[1] : undefined
  const wrong = at !== undefined && Number(at) < value.length ? Number(at) : undefined
  const add = () => onChange([...value, { scope: first, category: [], status: [], own: false }])
  const set = (index: number, change: Partial<RuleValues>) =>
    onChange(value.map((rule, i) => (i === index ? { ...rule, ...change } : rule)))
  return (
    <Input.Wrapper label={t('Which documents')} labelElement="div" error={wrong === undefined && error}>
      <Radio.Group
        aria-label={t('Which documents')}
        value={value.length === 0 ? 'all' : 'some'}
        onChange={(chosen) => (chosen === 'all' ? onChange([]) : add())}
      >
        <Group my={6}>
          <Radio value="all" label={t('All documents')} />
          <Radio value="some" label={t('Only some')} />
        </Group>
      </Radio.Group>
      <Stack gap="sm" mb={error ? 'xs' : 0}>
        {value.map((rule, index) => (
          <RuleRow
            // Rules have no name; the fields are controlled, so that none keeps what was typed in another.
            key={index}
            number={index + 1}
            rule={rule}
            scopes={scopes}
            owner={owner}
            error={index === wrong && inWords(error)}
            set={(change) => set(index, change)}
            remove={() => onChange(value.filter((_, i) => i !== index))}
          />
        ))}
        {value.length > 0 && (
          <Group>
            <Button variant="default" size="xs" onClick={add}>
              {t('Add another rule')}
            </Button>
            <Text size="sm" c="dimmed">
              {t('One matching rule is enough.')}
            </Text>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  )
}

const labels: Readonly<Record<string, string>> = { category: t('Categories'), status: t('Statuses') }

/** `The 'rules.0.where.category' field …` with the label of the field. */
function inWords(error: React.ReactNode): React.ReactNode {
  if (typeof error !== 'string') return error
  return error.replace(/'rules\.\d+\.where\.(\w+)[^']*'/, (asIs, name: string) =>
    labels[name] === undefined ? asIs : t('“{{name}}”', { name: labels[name] }),
  )
}

interface RowProps extends Pick<Props, 'scopes' | 'owner'> {
  number: number
  rule: RuleValues
  error: React.ReactNode
  set(change: Partial<RuleValues>): void
  remove(): void
}

function RuleRow({ number, rule, scopes, owner, error, set, remove }: RowProps) {
  const statuses = optionsOf(useCatalog().document_statuses)
  const options = [...new Set([...scopes, rule.scope])]
  return (
    <Paper withBorder p="sm" role="group" aria-label={t('Rule {{number}}', { number })}>
      <Stack gap="sm">
        {options.length > 1 && (
          <NativeSelect
            label={t('May')}
            maw={260}
            data={options.map((scope) => ({ value: scope, label: verbs[scope] }))}
            value={rule.scope}
            onChange={({ currentTarget }) => set({ scope: currentTarget.value as RuleValues['scope'] })}
          />
        )}
        <TagsInput
          label={t('Categories')}
          description={t('Press Enter after each name. Empty: every category.')}
          data={useCategories()}
          value={rule.category}
          onChange={(category) => set({ category })}
          acceptValueOnBlur
        />
        <Checkbox.Group
          label={t('Statuses')}
          description={t('None selected: every status.')}
          value={rule.status}
          onChange={(status) => set({ status })}
        >
          <Group mt={6}>
            {statuses.map(({ value, label }) => (
              <Checkbox key={value} value={value} label={label} />
            ))}
          </Group>
        </Checkbox.Group>
        <Checkbox
          label={t('Only documents that {{owner}} wrote', { owner })}
          checked={rule.own}
          onChange={({ currentTarget }) => set({ own: currentTarget.checked })}
        />
        {error && <Input.Error role="alert">{error}</Input.Error>}
        <Group>
          <Button
            variant="subtle"
            color="red"
            size="xs"
            onClick={remove}
            aria-label={t('Remove rule {{number}}', { number })}
          >
            {t('Remove')}
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}
