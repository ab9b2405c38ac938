import { Button, Group, Text } from '@mantine/core'
import { Icon } from '../parts/icon.tsx'

interface Meta {
  current_page: number
  total_pages: number
  total_count: number
}

export function Pager({ meta, onPage }: { meta: Meta; onPage(page: number): void }) {
  const { current_page: page, total_pages: pages, total_count: count } = meta
  return (
    <Group component="nav" justify="space-between" aria-label="Pages">
      <Text size="sm" c="dimmed" role="status">
        {count === 1 ? '1 entry' : `${count.toLocaleString()} entries`}
        {pages > 1 && `, page ${page} of ${pages.toLocaleString()}`}
      </Text>
      {pages > 1 && (
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            disabled={page <= 1}
            leftSection={<Icon name="left" size={14} />}
            onClick={() => onPage(page - 1)}
          >
            Previous
          </Button>
          <Button
            variant="default"
            size="xs"
            disabled={page >= pages}
            rightSection={<Icon name="right" size={14} />}
            onClick={() => onPage(page + 1)}
          >
            Next
          </Button>
        </Group>
      )}
    </Group>
  )
}
