<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use PHPUnit\Framework\Assert;

/** The part of OperationsTest that is about hooks. */
final class HookOperations
{
    public static function callEach(Comserv $comserv, TestServer $server): void
    {
        $hooks = $comserv->hooks;
        $url = Rig::do('receiver/start')['url'];
        $hook = $hooks->create(['url' => $url, 'actions' => ['document.create'], 'status' => 'paused']);
        Assert::assertStringStartsWith('whsec_', $hook->secret);
        Assert::assertSame('failed', $hooks->test($hook->id, ['action' => 'document.create'])->outcome);
        Assert::assertSame('allow', $hooks->update($hook->id, ['on_failure' => 'allow'])?->on_failure);
        Assert::assertNotSame($hook->secret, $hooks->rotateSecret($hook->id)->secret);
        Assert::assertSame(204, $hooks->endPreviousSecret($hook->id)->status);
        Assert::assertSame($hooks->list()->data[0]->id, $hooks->get($hook->id)->id);
        $server->logRequests();
        $call = $comserv->hookCalls->list(['hook_id' => $hook->id])->data[0];
        Assert::assertSame('invalid_response', $comserv->hookCalls->get($call->id)->error);
        Assert::assertSame(204, $hooks->delete($hook->id)->status);
    }
}
