import { Button, Checkbox, Popover, Radio, Stack } from '@mantine/core'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import type { Column } from './list-table.tsx'
import { isShown, type View } from './list-view.ts'

interface Props<T> {
  columns: readonly Column<T>[]
  view: View
  onChange(change: Partial<View>): void
}

/** Columns, row height and times of a list. */
export function ViewMenu<T>({ columns, view, onChange }: Props<T>) {
  // A row without its main column would have no link; buttons and checkboxes are not columns to its reader.
  const choosable = columns.filter(({ isActions }) => !isActions).slice(1)
  const shown = choosable.filter((column) => isShown(view, column)).map(({ key }) => key)
  const choose = (keys: string[]) =>
    onChange({
      columns: Object.fromEntries(
        choosable
          .filter(({ key, isExtra }) => keys.includes(key) === Boolean(isExtra))
          .map(({ key }) => [key, keys.includes(key)]),
      ),
    })
  return (
    <Popover
      position="bottom-end"
      withinPortal={false}
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button variant="default" rightSection={<Icon name="down" size={14} />}>
          {t('View')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="view-menu">
        <Stack gap="md">
          {choosable.length > 0 && (
            <Checkbox.Group label={t('Columns')} value={shown} onChange={choose}>
              <Stack gap={6} mt={6}>
                {choosable.map(({ key, label }) => (
                  <Checkbox key={key} value={key} label={label} />
                ))}
              </Stack>
            </Checkbox.Group>
          )}
          <Radio.Group
            label={t('Density')}
            value={view.isCompact ? 'compact' : 'comfortable'}
            onChange={(density) => onChange({ isCompact: density === 'compact' })}
          >
            <Stack gap={6} mt={6}>
              <Radio value="comfortable" label={t('Comfortable')} />
              <Radio value="compact" label={t('Compact')} />
            </Stack>
          </Radio.Group>
          <Radio.Group
            label={t('Times')}
            value={view.hasExactTimes ? 'exact' : 'relative'}
            onChange={(times) => onChange({ hasExactTimes: times === 'exact' })}
          >
            <Stack gap={6} mt={6}>
              <Radio value="relative" label={t('Relative')} />
              <Radio value="exact" label={t('Date and time')} />
            </Stack>
          </Radio.Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
