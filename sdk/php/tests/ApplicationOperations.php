<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use PHPUnit\Framework\Assert;

/** The part of OperationsTest that is about applications. */
final class ApplicationOperations
{
    public static function callEach(Comserv $comserv): void
    {
        $applications = $comserv->applications;
        $made = $applications->create([
            'name' => 'Reading room',
            'kind' => 'server',
            'redirect_uris' => ['https://example.com/done'],
            'scopes' => ['documents:read'],
        ]);
        Assert::assertTrue($applications->update($made->id, ['trusted' => true])?->trusted);
        Assert::assertNotSame($made->client_secret, $applications->rotateSecret($made->id)->client_secret);
        Assert::assertSame($applications->list()->data[0]->id, $applications->get($made->id)->id);
        Assert::assertSame(204, $applications->delete($made->id)->status);
    }

    /** @param int $allowed the only application that the person has allowed */
    public static function endAccess(Comserv $person, int $allowed): void
    {
        Assert::assertSame([$allowed], array_column($person->me->applications()->data, 'id'));
        Assert::assertSame(204, $person->me->endApplication($allowed)->status);
        Assert::assertSame([], $person->me->applications()->data);
    }
}
