"""What a token costs on its way from C to a Python loop."""
import time
import unittest

import arny
from test_input import WithTeam


class Speed(WithTeam):
    def test_a_token_costs_less_than_50_microseconds(self):
        _team, chat = self.chat({"default": "x" * 10_000})
        costs = []
        for _ in range(5):
            chat.clear()
            tokens, start = 0, 0.0
            for event in chat.ask("go", max_tokens=10_000):
                if isinstance(event, arny.Ready):
                    start = time.perf_counter()
                tokens += isinstance(event, arny.Token)
            costs.append((time.perf_counter() - start) / tokens * 1e6)
            self.assertEqual(tokens, 10_000)
        costs.sort()
        print(f"\n10,000 tokens of the fake engine, engine included: {costs[0]:.1f} us a token, median of 5 {costs[2]:.1f}")
        self.assertLess(costs[2], 50)


if __name__ == "__main__":
    unittest.main()
