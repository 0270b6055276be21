"""Running what is deployed: deployment, dispatch, answers, reload."""
