int cc_placeholder(void); int cc_placeholder(void){return 0;}
