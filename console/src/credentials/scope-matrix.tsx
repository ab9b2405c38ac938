import { Button, Checkbox, Group, Input } from '@mantine/core'
import type { Scope } from 'comserv'
import { labelOf, useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { useMay } from '../session/use-session.ts'
import { condensed, expanded, matrixOf } from './scopes.ts'
import './scope-matrix.css'

interface Props {
  /** Group names included, as the API accepts them. */
  value: readonly Scope[]
  onChange(scopes: Scope[]): void
  error?: React.ReactNode
  /** The scopes are requested, not granted: any may be chosen. */
  isRequest?: boolean
  description?: string
  /** If `admin` can be chosen. */
  hasAdmin?: boolean
}

/** The scopes of a key, as a table of checkboxes. Scopes that the person may not grant are disabled. */
export function ScopeMatrix(props: Props) {
  const { value, onChange, error, isRequest = false, hasAdmin = true } = props
  const { description = t('What a program with this key may do. Grant only what it needs.') } = props
  const holds = useMay()
  const may = (scope: Scope) => isRequest || holds(scope)
  const { scopes: known } = useCatalog()
  const { rows, verbs } = matrixOf(known)
  const isAll = value.includes('admin')
  const open = expanded(known, value)
  const choose = (scopes: Scope[]) => onChange(condensed(known, scopes))
  const set = (scope: Scope, on: boolean) =>
    choose(on ? [...open, scope] : open.filter((other) => other !== scope))
  const chooseGroups = (...names: Scope[]) => choose(expanded(known, names).filter(may))
  return (
    <Input.Wrapper label={t('Scopes')} description={description} error={error} labelElement="div">
      <Group gap="xs" my="xs">
        <Button size="xs" variant="default" onClick={() => chooseGroups('read')}>
          {t('Read')}
        </Button>
        <Button size="xs" variant="default" onClick={() => chooseGroups('read', 'write')}>
          {t('Read and write')}
        </Button>
        {/* What the quick start takes. */}
        <Button
          size="xs"
          variant="default"
          onClick={() => chooseGroups('read', 'write', 'webhooks:read', 'webhooks:write')}
        >
          {t('Read, write and webhooks')}
        </Button>
        <Button size="xs" variant="subtle" disabled={value.length === 0} onClick={() => onChange([])}>
          {t('None')}
        </Button>
      </Group>
      <table className="matrix">
        <thead>
          <tr>
            <th scope="col">{t('Resource')}</th>
            {verbs.map((verb) => (
              <th key={verb} scope="col">
                {labelOf(verb)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ about, explains, by }) => (
            <tr key={about}>
              <th scope="row">
                {labelOf(about)}
                <span className="quiet">{explains}</span>
              </th>
              {verbs.map((verb) => {
                const scope = by.get(verb)
                return (
                  <td key={verb}>
                    {scope && (
                      <Checkbox
                        aria-label={scope}
                        title={scope}
                        checked={isAll || open.includes(scope)}
                        disabled={isAll || !may(scope)}
                        onChange={(event) => set(scope, event.currentTarget.checked)}
                      />
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {hasAdmin && may('admin') && (
        <Checkbox
          mt="sm"
          label={t('Everything, as an administrator')}
          description={t(
            'Includes creating administrators and granting any scope. Only for programs that you trust with the whole server.',
          )}
          checked={isAll}
          onChange={(event) => onChange(event.currentTarget.checked ? ['admin'] : [])}
        />
      )}
    </Input.Wrapper>
  )
}
