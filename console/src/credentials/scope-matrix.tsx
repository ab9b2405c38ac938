import { Button, Checkbox, Group, Input } from '@mantine/core'
import type { Scope } from 'comserv'
import { useMay } from '../session/use-session.ts'
import { expanded, scopeRows } from './scopes.ts'

interface Props {
  value: readonly Scope[]
  onChange(scopes: Scope[]): void
  error?: React.ReactNode
}

/** What a key may do, as a table of boxes. What the person may not hand out cannot be ticked. */
export function ScopeMatrix({ value, onChange, error }: Props) {
  const may = useMay()
  const isAll = value.includes('admin')
  const has = (scope: Scope) => isAll || value.includes(scope)
  const set = (scope: Scope, on: boolean) =>
    onChange(on ? [...value, scope] : value.filter((other) => other !== scope))
  const choose = (names: Scope[]) => onChange(expanded(names).filter((scope) => may(scope as 'admin')))
  return (
    <Input.Wrapper
      label="Scopes"
      description="What a program with this key may do. Give it what it needs, and no more."
      error={error}
      labelElement="div"
    >
      <Group gap="xs" my="xs">
        <Button size="xs" variant="default" onClick={() => choose(['read'])}>
          Read
        </Button>
        <Button size="xs" variant="default" onClick={() => choose(['read', 'write'])}>
          Read and write
        </Button>
        <Button size="xs" variant="subtle" disabled={value.length === 0} onClick={() => onChange([])}>
          None
        </Button>
      </Group>
      <table className="matrix">
        <thead>
          <tr>
            <th scope="col">About</th>
            <th scope="col">Read</th>
            <th scope="col">Write</th>
          </tr>
        </thead>
        <tbody>
          {scopeRows.map(({ label, explains, read, write }) => (
            <tr key={label}>
              <th scope="row">
                {label}
                <span className="quiet">{explains}</span>
              </th>
              {([read, write] as const).map((scope, i) => (
                <td key={scope ?? i}>
                  {scope && (
                    <Checkbox
                      aria-label={scope}
                      title={scope}
                      checked={has(scope)}
                      disabled={isAll || !may(scope as 'admin')}
                      onChange={(event) => set(scope, event.currentTarget.checked)}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {may('admin') && (
        <Checkbox
          mt="sm"
          label="Everything, as an administrator"
          description="Also makes administrators and hands out any scope. For a program that you trust with the whole server."
          checked={isAll}
          onChange={(event) => onChange(event.currentTarget.checked ? ['admin'] : [])}
        />
      )}
    </Input.Wrapper>
  )
}
