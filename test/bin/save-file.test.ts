import { expect, test } from 'vitest';
import { saveFile } from '../../bin/save-file.ts';

const VCD = `$timescale 1 ns $end
$scope module top $end
$var wire 1 ! clk $end
$scope module core $end
$var wire 2 " state [1:0] $end
$var string 1 # state_label $end
$var wire 8 $ count [7:0] $end
$var wire 8 % limit [7:0] $end
$var wire 1 & busy $end
$scope module inner $end
$var wire 1 ' valid $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
#0
b0 "
sIdle #
b1 $
b111 %
0&
0'
#10
b1 "
sBusy #
b10 $
1&
1'
`;

test('signals that change, by block, enums by their names', () => {
  expect(saveFile({ wave: 'a.vcd', vcd: VCD, blocks: ['core', 'core.none', 'core.inner'] })).toBe(`[dumpfile] "a.vcd"
@200
-core
@22
top.core.state_label
top.core.count[7:0]
top.core.busy
@200
-core.inner
@22
top.core.inner.valid
`);
});
