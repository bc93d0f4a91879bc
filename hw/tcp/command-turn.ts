/**
 * Gives the pipeline the commands of all who have any, the most urgent first, and tells each what became of its own.
 *
 * A command a cycle, combinationally; an answer goes to its asker in the cycle in which it comes. Up to 16 commands may be without one.
 * It is not fair: who is asked first may hold up all others, so only those who are bounded by others may be put before them.
 */
import { allOf, anyOf, assert, Bool, Bundle, clog2, In, inst, lit, module, mux, Out, Stream, UInt, Valid, Vec, when } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { Refusal } from './actions.ts';
import { pipelineShapes } from './pipeline.ts';

/** Commands that are given and not answered: as many as the pipeline has stages, and more. */
const UNANSWERED = 16;

export interface CommandTurnOptions {
  readonly askers: number;
  /** The first of them that may cause notifications. */
  readonly firstTelling: number;
}

export function commandTurn(c: Pick<Config, 'connections'>, { askers, firstTelling }: CommandTurnOptions) {
  const { CommandRequest } = pipelineShapes(c);
  const Asker = UInt(Math.max(1, clog2(askers)));
  const Result = Bundle('CommandResult', { refused: Refusal });
  return module('command_turn', { n: c.connections, a: askers, f: firstTelling }, {
    /** The most urgent first. */
    ask: In(Vec(Stream(CommandRequest), askers)),
    /** What may cause a notification has a place for it. */
    may_notify: In(Bool),
    command: Out(Stream(CommandRequest)),
    /** To each command, in order. */
    commanded: In(Valid(Result)),
    answer: Out(Vec(Valid(Result), askers)),
    idle: Out(Bool),
  }, (io) => {
    const asked = inst(fifo(Asker, UNANSWERED), {});
    const asks = [...io.ask];
    const may = asks.map((ask, i) => i < firstTelling ? ask.valid : ask.valid.and(io.may_notify));
    const goes = may.map((one, i) => allOf(one, ...may.slice(0, i).map((before) => before.not())));
    const taken = allOf(io.command.ready, asked.in.ready);
    asks.forEach((ask, i) => { ask.ready.set(goes[i]!.and(taken)); });
    const last = askers - 1;
    const first = goes.slice(0, last).reduceRight((other, one, i) => mux(one, lit(Asker, i), other), lit(Asker, last));
    io.command.valid.set(asked.in.ready.and(anyOf(...may)));
    io.command.payload.set(goes.slice(0, last).reduceRight((other, one, i) => mux(one, asks[i]!.payload, other), asks[last]!.payload));
    asked.in.valid.set(io.command.fire);
    asked.in.payload.set(first);
    asked.out.ready.set(io.commanded.valid);
    [...io.answer].forEach((answer, i) => {
      answer.valid.set(io.commanded.valid.and(asked.out.payload.eq(i)));
      answer.payload.set(io.commanded.payload);
    });
    when(io.commanded.valid, () => { assert(asked.out.valid, 'commandTurn: the pipeline answers a command that it was not given'); });
    io.idle.set(asked.out.valid.not());
    return { asked };
  });
}
