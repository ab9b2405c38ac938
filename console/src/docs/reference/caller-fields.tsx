import { PasswordInput, SegmentedControl } from '@mantine/core'
import type { Caller } from './caller.ts'

interface Props {
  caller: Caller
  onChange(caller: Caller): void
  /** The name of the signed-in person. */
  username: string | undefined
}

export function CallerFields({ caller, onChange, username }: Props) {
  return (
    <>
      {username !== undefined && (
        <SegmentedControl
          aria-label="Who calls"
          data={[
            { value: 'session', label: `As ${username}` },
            { value: 'key', label: 'With an API key' },
          ]}
          value={caller.kind}
          onChange={(kind) => onChange({ ...caller, kind: kind === 'session' ? 'session' : 'key' })}
        />
      )}
      {caller.kind === 'key' && (
        <PasswordInput
          label="API key"
          description="Kept on this page only, until you leave it."
          placeholder="cs_live_…"
          autoComplete="off"
          spellCheck={false}
          classNames={{ innerInput: 'mono' }}
          value={caller.key}
          onChange={({ currentTarget }) => onChange({ kind: 'key', key: currentTarget.value })}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
        />
      )}
    </>
  )
}
