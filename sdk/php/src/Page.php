<?php

declare(strict_types=1);

namespace Comserv;

use Comserv\Internal\Link;
use Comserv\Internal\Refusal;

/**
 * One page of a list. Iterating over it continues through the following pages, each fetched when needed.
 *
 * @template-covariant T
 * @implements \IteratorAggregate<int, T>
 */
final class Page implements \IteratorAggregate, \JsonSerializable
{
    /**
     * @param list<T> $data
     * @param ListMeta $meta Page number and totals; `total_count` is exact.
     * @param \Closure(array<string, string>): self<T> $fetch
     *
     * @internal
     */
    public function __construct(
        public readonly array $data,
        public readonly ListMeta $meta,
        public readonly Response $response,
        private readonly \Closure $fetch,
    ) {
    }

    public function hasNext(): bool
    {
        return $this->nextQuery() !== null;
    }

    /** Where the next page begins: the `cursor` parameter of the same list. */
    public function nextCursor(): ?string
    {
        return $this->nextQuery()['cursor'] ?? null;
    }

    /** @return self<T>|null null on the last page */
    public function next(): ?self
    {
        $query = $this->nextQuery();
        return $query === null ? null : ($this->fetch)($query);
    }

    /**
     * This page and those after it, each fetched when it is needed.
     *
     * @return \Generator<int, self<T>>
     */
    public function pages(): \Generator
    {
        $seen = [];
        for ($page = $this; $page !== null; $page = $page->next()) {
            yield $page;
            $cursor = (string) $page->nextCursor();
            if ($cursor !== '' && isset($seen[$cursor])) {
                throw Refusal::unexpectedAnswer(
                    $page->response->status,
                    $page->response->headers,
                    'the next page is one that was read before, so the list would never end.',
                );
            }
            $seen[$cursor] = true;
        }
    }

    /** @return \Generator<int, T> */
    public function getIterator(): \Generator
    {
        foreach ($this->pages() as $page) {
            foreach ($page->data as $item) {
                yield $item;
            }
        }
    }

    /**
     * Read on demand: many callers want one page.
     *
     * @return array<string, string>|null
     */
    private function nextQuery(): ?array
    {
        return Link::nextQuery($this->response->header('link'));
    }

    /** @return array{data: list<T>, meta: ListMeta} */
    public function jsonSerialize(): array
    {
        return ['data' => $this->data, 'meta' => $this->meta];
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return [...$this->jsonSerialize(), 'nextCursor' => $this->nextCursor(), 'response' => $this->response];
    }
}
