import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { readValidator, writeValidator } from './validator-bytes.ts'
import { MAX_TOTAL_POWER, MAX_VALIDATORS, type Validator, type ValidatorSet } from './validator-set.ts'
import { assembleValidatorSet, compareValidators } from './validator-set-assembly.ts'

/** Writes the fields of tendermint.types.ValidatorSet; total_voting_power stays 0, as in CometBFT's ToProto. */
export function writeValidatorSet(writer: ProtoWriter, set: ValidatorSet): void {
  if (set.validators.length === 0) return
  for (const validator of set.validators) {
    const mark = writer.begin(1)
    writeValidator(writer, validator)
    writer.end(mark)
  }
  const mark = writer.begin(2)
  writeValidator(writer, set.proposer)
  writer.end(mark)
}

/** Reads tendermint.types.ValidatorSet: not empty, in set order, no address twice, the proposer one of them. */
export function readValidatorSet(reader: ProtoReader): ValidatorSet {
  const validators: Validator[] = []
  let proposer: Validator | null = null
  while (reader.next()) {
    if (reader.field === 1) {
      if (validators.length === MAX_VALIDATORS) reader.fail(`more than ${MAX_VALIDATORS} validators`)
      validators.push(readValidator(reader.repeatedMessage('Validator')))
    } else if (reader.field === 2) proposer = readValidator(reader.message('Validator'))
    else reader.unknown()
  }
  reader.require(validators.length > 0, 'validators')
  reader.require(proposer, 'proposer')
  const problem = orderProblem(validators)
  if (problem !== null) reader.fail(problem)
  const set = assembleValidatorSet(validators, proposer)
  if (set.totalPower > MAX_TOTAL_POWER) reader.fail('total voting power is out of range')
  if (set.indexByAddress.size !== validators.length) reader.fail('a validator comes twice')
  if (!set.indexByAddress.has(proposer.address)) reader.fail('the proposer is not in the set')
  return set
}

function orderProblem(validators: readonly Validator[]): string | null {
  for (let index = 1; index < validators.length; index++) {
    if (compareValidators(validators[index - 1]!, validators[index]!) > 0) {
      return `validator ${index} is out of order`
    }
  }
  return null
}

export function encodeValidatorSet(set: ValidatorSet): Uint8Array {
  const writer = new ProtoWriter(96 * (set.validators.length + 1))
  writeValidatorSet(writer, set)
  return writer.finish()
}

/** @throws DecodeError */
export function decodeValidatorSet(bytes: Uint8Array): ValidatorSet {
  return readValidatorSet(new ProtoReader(bytes, 'ValidatorSet'))
}
