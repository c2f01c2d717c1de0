from page_quota.scenario import SCENARIO as SCENARIO
