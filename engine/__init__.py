"""synflow: runs WSO2 Micro Integrator / Apache Synapse XML definitions unchanged."""
